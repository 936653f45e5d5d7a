-- A script that alerts: IF EXISTS … THEN … ELSE, BEGIN … EXCEPTION, ERROR().
-- source: BigQuery procedural-language.md; bigqueryml-syntax-validate-data-skew.md (monitor, then retrain)
-- covers: script IF, BEGIN, ERROR; syntax IF_AND_BEGIN
DECLARE told STRING;
BEGIN
  IF EXISTS (SELECT 1 FROM web.visits_20260103 WHERE hits > 40) THEN
    SELECT ERROR(FORMAT('%d hits', 50));
  ELSE
    SET told = 'calm';
  END IF;
EXCEPTION WHEN ERROR THEN
  SET told = @@error.message;
END;
SELECT told LIKE '%50 hits%' AS told;
-- columns: told BOOL
-- rows: 
-- [true]
