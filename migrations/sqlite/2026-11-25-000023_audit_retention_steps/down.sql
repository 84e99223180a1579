-- Migrations only go forward.
SELECT RAISE(ABORT, 'migrations only go forward');
