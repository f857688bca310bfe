"""The work of the functions done the usual way, which `make measure-start` sets ours beside."""
