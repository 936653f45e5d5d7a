-- A column of BYTES is no feature; it is named, with the way to make categories of it.
-- source: BigQuery bigquery-ml-auto-preprocessing.md (BYTES are encoded as STRING is)
-- covers: input bytes_feature
-- differs: BigQuery encodes BYTES as it does STRING; here TO_BASE64 in the query makes a text of them first, so that what is asked of an endpoint, in JSON, is what was trained on.
CREATE OR REPLACE MODEL shop.bytes OPTIONS (model_type = 'linear_reg') AS SELECT b'a' AS code, 1 AS label UNION ALL SELECT b'b', 2;
-- error: TO_BASE64(code)
