"""The search for the best model of a table: candidates, folds that judge them, their ensemble, the time it takes."""
