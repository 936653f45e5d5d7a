"""What an artifact says about its model, as one value: metrics beside a baseline, search, errors, slices."""
