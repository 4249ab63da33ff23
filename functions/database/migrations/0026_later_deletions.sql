-- Which later deletions had found rows of an undone operation deleted already: 1,000 at most, ascending; null of anything but an undo.
-- A column, so that an operation in steps can add to it, and so that it outlives the text of the receipt.
alter table tick_store.operations add column also_deleted_by bigint[];

grant update (also_deleted_by) on tick_store.operations to tick_store_app;

-- The steps of deletions that found rows deleted already, which are few. A large deletion notes what it finds so while it plans, under
-- steps below zero.
create index ix_operation_rows_found_deleted on tick_store.operation_rows (operation_id) where found <> affected and restores is not true;
