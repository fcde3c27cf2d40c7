"""Events of other systems (orders, payments, the warehouse) that ask something of our stock, read and made commands."""
