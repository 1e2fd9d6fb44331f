-- A foreign key does not mind whose row it finds: the refused rows of an import are of the import's own scope.
alter table imports add unique (scope_id, import_id);
alter table import_row_errors
  drop constraint import_row_errors_import_id_fkey,
  add foreign key (scope_id, import_id) references imports (scope_id, import_id) on delete cascade;
