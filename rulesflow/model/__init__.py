"""The ground floor: frozen values, diagnostics and the one tree of errors. Imports nothing of ours."""
