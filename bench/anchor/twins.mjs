// The product's workflows as their steps alone, on the bare SDK: the same activities in the same order with the same payloads. No
// handlers, no checks of the input, no summaries, no search attributes, no details for the UI, no way to go on after trouble.
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

const activities = proxyActivities({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
});
const local = proxyLocalActivities({ startToCloseTimeout: '5 seconds', scheduleToCloseTimeout: '1 minute' });

/** A month's check, the alerts that are due, and the report. */
export async function Budget({ userId, month, asOf }) {
  const { budgets } = await activities.checkBudgetStatus({ userId, month, asOf, dryRun: false, mode: 'full' });
  for (const { alert } of budgets) if (alert) await activities.sendBudgetAlert(alert);
  const report = await activities.generateMonthlyReport({ userId, month, asOf, dryRun: false });
  return { budgets: budgets.map(({ result }) => result), report };
}

/** Occurrences that are all due; the product plans before it posts, again to see all that is due, and to find that none is left. */
export async function Recurring({ templateId, userId, ...rule }) {
  await local.planOccurrences({ rule, limit: 36 });
  const due = (await local.planOccurrences({ rule, limit: 367 })).map(occurrenceOf);
  for (const occurrence of due) await activities.processTransaction({ userId, templateId, occurrence });
  const { nominalDate: after, index: afterIndex } = due.at(-1);
  await local.planOccurrences({ rule, limit: 36, after, afterIndex });
  return due.length;
}

/** A line of a plan: `index nominalDate postingDate fireAt`, where = is the nominal date. */
function occurrenceOf(line) {
  const [index, nominalDate, postingDate, fireAt] = line.split(' ');
  return { index: Number(index), nominalDate, postingDate: postingDate === '=' ? nominalDate : postingDate, fireAt };
}

/** A file, from looking at it to the result. */
export async function Import(input) {
  const { importId, userId } = input;
  const job = { importId, userId };
  await activities.inspectImportFile(input);
  await activities.parseImportFile(job);
  for (let slice = 0; !(await activities.validateBatch({ ...job, slice })).done; slice += 1);
  for (let slice = 0; !(await activities.importToDatabase({ ...job, slice })).done; slice += 1);
  return activities.finishImport({ ...job, outcome: 'completed' });
}

/** A timeline from sources whose chunks fit into one slice. */
export async function Timeline({ settings, sources: given }) {
  const { timelineId, requestId, model } = settings;
  const request = { timelineId, requestId };
  const sources = await activities.fetchHistoricalSources({ settings, sources: given });
  await activities.aiExtractEvents({ ...request, addedTokens: 0, addedCostMicroUsd: 0, giveUp: false });
  const { ref, rejected, merged, conflicts } = await activities.validateTimelineEvents(request);
  const { published, needsReview } = await activities.storeTimelineEvents({ ...request, ref });
  const exportRef = await activities.exportTimeline({ timelineId });
  const stored = { rejected, merged, conflicts, published, needsReview, exportRef };
  return activities.finishGeneration({ ...request, model, status: 'completed', sources, stored });
}
