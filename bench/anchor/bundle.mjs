import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** Writes the anchor's workflows, those of a file beside this one, to a file, bundled as the SDK does it when it is told nothing. */
export async function bundleAnchor(outFile, workflows = 'workflows.mjs') {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(workflows, import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(outFile, code);
}
