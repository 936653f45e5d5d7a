-- A model beside the two data sets.
-- source: BigQuery bigqueryml-syntax-validate-data-drift.md
-- covers: ML.VALIDATE_DATA_DRIFT
-- differs: MODEL is taken and changes nothing: in BigQuery it adds links to a service of Google's.
-- notice: The model d.linear_reg changes nothing
SELECT input, value FROM ML.VALIDATE_DATA_DRIFT(TABLE d.base, TABLE d.study, STRUCT(0.2 AS categorical_default_threshold), MODEL d.linear_reg) WHERE input = 'word';
-- columns: input STRING, value FLOAT64
-- rows:
-- ["word", 0.5]
