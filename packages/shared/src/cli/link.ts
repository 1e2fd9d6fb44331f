/** The page of an execution in the Temporal Web UI. */
export function workflowLink({
  uiUrl,
  namespace,
  workflowId,
}: {
  uiUrl: string;
  namespace: string;
  workflowId: string;
}): string {
  return `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
