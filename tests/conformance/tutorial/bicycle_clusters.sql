-- Stations grouped by their hires, by two subqueries with WITH; the groups of some stations.
-- source: BigQuery kmeans-tutorial.md; its shape
-- covers: tutorial 5
-- differs: There are no geography functions: the distance from the centre is by Pythagoras, where the tutorial says ST_DISTANCE(ST_GEOGPOINT(…)).
CREATE OR REPLACE MODEL `bqml_tutorial.london_station_clusters`
OPTIONS (model_type='kmeans', num_clusters=4) AS
WITH
  hs AS (
  SELECT
    h.start_station_name AS station_name,
    IF(EXTRACT(DAYOFWEEK FROM h.start_date) = 1 OR EXTRACT(DAYOFWEEK FROM h.start_date) = 7, 'weekend', 'weekday') AS isweekday,
    h.duration,
    SQRT(POW(s.longitude + 0.1, 2) + POW(s.latitude - 51.5, 2)) * 100 AS distance_from_city_center
  FROM `bigquery-public-data.london_bicycles.cycle_hire` AS h
  JOIN `bigquery-public-data.london_bicycles.cycle_stations` AS s ON h.start_station_name = s.name
  WHERE h.start_date BETWEEN CAST('2015-01-01 00:00:00' AS TIMESTAMP) AND CAST('2016-01-01 00:00:00' AS TIMESTAMP)),
  stationstats AS (
  SELECT station_name, isweekday, AVG(duration) AS duration, COUNT(duration) AS num_trips, MAX(distance_from_city_center) AS distance_from_city_center
  FROM hs GROUP BY station_name, isweekday)
SELECT * EXCEPT (station_name, isweekday) FROM stationstats;
WITH stationstats AS (SELECT start_station_name AS station_name, AVG(duration) AS duration, COUNT(duration) AS num_trips, 3.0 AS distance_from_city_center
  FROM `bigquery-public-data.london_bicycles.cycle_hire` GROUP BY station_name)
SELECT * EXCEPT (nearest_centroids_distance)
FROM ML.PREDICT(MODEL `bqml_tutorial.london_station_clusters`, (SELECT * FROM stationstats WHERE REGEXP_CONTAINS(station_name, 'Station 1$')));
-- columns: CENTROID_ID INT64, station_name STRING, duration FLOAT64, num_trips INT64,
-- distance_from_city_center FLOAT64
-- rows: 1
