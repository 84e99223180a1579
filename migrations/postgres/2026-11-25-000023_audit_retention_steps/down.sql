-- Migrations only go forward.
DO $$ BEGIN RAISE EXCEPTION 'migrations only go forward'; END $$;
