/** The words of the contract that rows hold; repositories know the domain only. */
export type { AlertDelivery, AlertKind, CatchUpPolicy, NotifyTarget, RecurrenceRule, RolloverMode } from '../contract';
