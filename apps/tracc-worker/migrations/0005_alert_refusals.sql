-- A target that refused an alert has answered too: it is not asked again. The failure type, or null for a delivery.
alter table alert_deliveries add column refusal text;
alter table alert_deliveries rename column delivered_at to answered_at;
