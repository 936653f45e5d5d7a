-- A threshold has no meaning among several classes.
-- source: BigQuery bigqueryml-syntax-confusion.md
-- covers: input threshold_multiclass
SELECT * FROM ML.CONFUSION_MATRIX(MODEL shop.stars, TABLE shop.sales, STRUCT(0.5 AS threshold));
-- error: threshold
