-- A red, a green, a blue and a white pixel, as a PNG of two by two.
CREATE TABLE i.files AS SELECT FROM_BASE64('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR42mP4z8DA8J+BkYHh////DAAe9gT9CzF8CQAAAABJRU5ErkJggg==') AS data;
