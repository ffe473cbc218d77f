"""Makes Python for the tab: NumPy and Sayso's loops for WebAssembly, Pyodide's scripts, the snapshot of its memory."""
