"""What `make run` starts: servers, data, processes, and a simulator that keeps the stock moving.

`stack` starts it all in order, on `servers` and in a `workplace`, watches the `processes` and shows the `welcome`. The
data is the `catalogue` with its `history`, sown by `seed`; from then on `simulator` acts in each `shop`.
"""
