"""Sayso in a browser tab: the page's requests, answered one after another and in slices.

`session` and `javascript` alone see JavaScript values, and run in Pyodide alone. The desk's side is `cli`.
"""
