-- The statistics of a table and the anomalies between two hold the numbers of the tables.
-- source: arithmetic of 1 to 400, whose population deviates by √((400² − 1) / 12); the divergence by NumPy as in validate_drift
-- covers: ML.TFDV_DESCRIBE; ML.TFDV_VALIDATE
WITH told AS (SELECT dataset_feature_statistics_list AS s FROM ML.TFDV_DESCRIBE(TABLE d.base)),
strange AS (SELECT ML.TFDV_VALIDATE((SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.base)), (SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.study)), 'DRIFT', 0.1, 'L_INFTY', 0.1, 'JENSEN_SHANNON_DIVERGENCE') AS a)
SELECT JSON_VALUE(s, '$.datasets[0].numExamples') AS n, JSON_VALUE(s, '$.datasets[0].features[0].path.step[0]') AS first,
  CAST(JSON_VALUE(s, '$.datasets[0].features[0].numStats.mean') AS FLOAT64) AS mean, CAST(JSON_VALUE(s, '$.datasets[0].features[0].numStats.stdDev') AS FLOAT64) AS deviation,
  CAST(JSON_VALUE(s, '$.datasets[0].features[0].numStats.max') AS FLOAT64) AS greatest, JSON_VALUE(a, '$.anomalyInfo.n.severity') AS severity,
  CONTAINS_SUBSTR(JSON_VALUE(a, '$.anomalyInfo.n.description'), '0.75188') AS divergence, JSON_VALUE(a, '$.anomalyInfo.third.severity') AS unmoved
FROM told CROSS JOIN strange;
-- columns: n STRING, first STRING, mean FLOAT64, deviation FLOAT64, greatest FLOAT64, severity STRING, divergence BOOL, unmoved STRING
-- rows:
-- ["400", "n", 200.5, 115.469693, 400.0, "ERROR", true, null]
