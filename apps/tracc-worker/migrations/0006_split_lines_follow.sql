-- Lines of a split count in budgets and the parent does not, so a parent that is made void (or pending, or a transfer) takes
-- its lines along, whoever changes it.
create function split_lines_follow() returns trigger
  language plpgsql
as $$
begin
  update transactions set status = new.status, kind = new.kind where parent_id = new.transaction_id;
  return null;
end
$$;
create trigger transactions_split_lines after update of status, kind on transactions
  for each row when (new.is_split and (old.status, old.kind) is distinct from (new.status, new.kind))
  execute function split_lines_follow();
