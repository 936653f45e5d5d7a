-- The options of auto.ARIMA, of the length that the trend is learned from, and those that are recorded.
-- source: bigqueryml-syntax-create-time-series.md; arima-speed-up-tutorial.md
-- covers: option auto_arima_max_order, auto_arima_min_order of arima_plus_xreg; tutorial 18
-- accepts: option model_registry, vertex_ai_model_id, vertex_ai_model_version_aliases, kms_key_name, description, labels, expiration_timestamp of arima_plus_xreg; option time_series_length_fraction, min_time_series_length of arima_plus_xreg
CREATE OR REPLACE MODEL bqml.auto_options_arima_plus_xreg
OPTIONS (MODEL_TYPE = 'arima_plus_xreg', TIME_SERIES_TIMESTAMP_COL = 'start_date', TIME_SERIES_DATA_COL = 'num_trips', HORIZON = 5,
  AUTO_ARIMA_MAX_ORDER = 3, AUTO_ARIMA_MIN_ORDER = 1, TIME_SERIES_LENGTH_FRACTION = 0.8, MIN_TIME_SERIES_LENGTH = 30,
  MODEL_REGISTRY = 'VERTEX_AI', VERTEX_AI_MODEL_ID = 'trips', VERTEX_AI_MODEL_VERSION_ALIASES = ['a'], KMS_KEY_NAME = 'key',
  DESCRIPTION = 'trips', LABELS = [('team', 'bikes')], EXPIRATION_TIMESTAMP = TIMESTAMP '2030-01-01 00:00:00+00')
AS SELECT start_date, num_trips, EXTRACT(DAY FROM start_date) AS day_of_month FROM bqml.trips WHERE station = 'Broadway';
SELECT MIN(non_seasonal_p + non_seasonal_q) AS least, MAX(non_seasonal_p + non_seasonal_q) AS most
FROM ML.ARIMA_EVALUATE(MODEL bqml.auto_options_arima_plus_xreg);
-- columns: least INT64, most INT64
-- rows:
-- [1, 3]
