-- Several columns may tell series apart, but each is a text or a whole number.
-- source: BigQuery bigqueryml-syntax-create-time-series.md, time_series_id_col
-- covers: input array_as_series_id
-- differs: BigQuery takes a column of arrays as one of the ids as well; here ARRAY_TO_STRING makes a text of it first.
CREATE MODEL shop.never OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day',
  time_series_data_col = 'y', time_series_id_col = ['shops'])
AS SELECT day, [1, 2] AS shops, 1.5 AS y FROM UNNEST(GENERATE_DATE_ARRAY('2024-01-01', '2024-02-01')) AS day;
-- error: ARRAY_TO_STRING(shops, ',') AS shops
