-- Where pages come from memory or flash, an index costs little more than its neighbours; the
-- default is the seek of a disk, and makes the planner read tables whole.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.1', current_database());
END
$$;
