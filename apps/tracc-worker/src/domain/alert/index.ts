export { type AlertMail, renderAlertMail } from './mail';
export { type AlertBudget, type AlertMessage, alertMessage } from './message';
