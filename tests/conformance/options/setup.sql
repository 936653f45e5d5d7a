-- Enough rows that some are held out, with two classes, two texts and a weight.
CREATE TABLE o.rows AS
SELECT n, MOD(n * 37, 101) AS a, MOD(n * 53, 97) / 10 AS b, CHR(97 + MOD(n, 5)) AS word, 1 + MOD(n, 3) AS weight, MOD(n, 4) = 0 AS later,
  MOD(n * 37, 101) + 3 * MOD(n, 5) + MOD(n, 2) AS amount, IF(MOD(n * 37, 101) + MOD(n, 7) > 52, 'yes', 'no') AS bought
FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
