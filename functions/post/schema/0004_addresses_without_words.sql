-- A slug is made of the title's words, which go when the post goes. Of a deleted post its digest
-- stays, so that no other post is found at the address which readers knew.
UPDATE posts SET slug = md5(slug) WHERE deleted;
CREATE UNIQUE INDEX posts_once ON posts ((CASE WHEN deleted THEN slug ELSE md5(slug) END));
