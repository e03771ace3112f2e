"""The ways out of a cell: unix sockets that one process of the hub serves for all cells, each leading to named hosts alone."""
