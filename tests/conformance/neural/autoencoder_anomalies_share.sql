-- Of the training rows as many are anomalies as the contamination says.
-- source: BigQuery bigqueryml-syntax-detect-anomalies.md
-- covers: ML.DETECT_ANOMALIES on autoencoder
-- needs: torch
SELECT COUNTIF(is_anomaly) AS anomalies FROM ML.DETECT_ANOMALIES(MODEL bqml.autoencoder, STRUCT(0.25 AS contamination), TABLE bqml.penguins);
-- columns: anomalies INT64
-- rows:
-- [86]
