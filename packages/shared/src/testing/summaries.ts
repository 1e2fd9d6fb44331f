import { defaultPayloadConverter } from '@temporalio/common';
import { type History, attributesOf } from './histories';

/** A local activity is a marker. */
const SHOWN = new Set(['activityTaskScheduled', 'timerStarted']);
const LOCAL_ACTIVITY = 'core_local_activity';

/** What the Temporal UI says of each activity and timer of a run, in order; undefined where it would show nothing but a name. */
export function summariesOf(history: History): (string | undefined)[] {
  return (history.events ?? []).flatMap((event) => {
    const [kind, attributes] = attributesOf(event);
    if (!SHOWN.has(kind) && attributes['markerName'] !== LOCAL_ACTIVITY) return [];
    const summary = event.userMetadata?.summary;
    return [summary ? defaultPayloadConverter.fromPayload<string>(summary) : undefined];
  });
}
