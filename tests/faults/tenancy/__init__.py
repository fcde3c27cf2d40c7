"""Nothing of another tenant, whatever is named: each place of the API that names a thing is found in the API's own
description, filled with another tenant's thing, with none and with forged ones, and the answers are held together."""
