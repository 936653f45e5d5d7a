"""The mathematics of one time series: its grid, its parts, its ARIMA model and its forecast, on NumPy arrays.

Pure functions: no SQL, no files, no clock. The way in is `fit.fit_series`.
"""
