/** What one call may use at most. */
export interface Estimate {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

/** The next call might go over the budget. */
export class BudgetExhausted extends Error {
  constructor() {
    super('the budget is used up');
    this.name = 'BudgetExhausted';
  }
}

export interface Purse {
  /** Runs a call that may use this much. Rejects with {@link BudgetExhausted} before the call when that is too much. */
  spend<T extends { tokensIn: number; tokensOut: number; costMicroUsd: number }>(
    estimate: Estimate,
    call: () => Promise<T>,
  ): Promise<T>;
}

/**
 * Guards a budget over calls that run side by side: what is under way counts with its estimate, what has answered with
 * what it used. A call that fits only if those under way use less than they may, waits for them.
 */
export function createPurse({
  maxTokens,
  maxCostMicroUsd,
  usedTokens,
  usedCostMicroUsd,
}: {
  maxTokens: number;
  maxCostMicroUsd: number;
  usedTokens: number;
  usedCostMicroUsd: number;
}): Purse {
  const used = { tokens: usedTokens, costMicroUsd: usedCostMicroUsd };
  const held = { tokens: 0, costMicroUsd: 0 };
  let waiting: (() => void)[] = [];

  const fits = (estimate: Estimate, reserved: Estimate) =>
    used.tokens + reserved.tokens + estimate.tokens <= maxTokens &&
    used.costMicroUsd + reserved.costMicroUsd + estimate.costMicroUsd <= maxCostMicroUsd;

  return {
    async spend(estimate, call) {
      while (!fits(estimate, held)) {
        if (!fits(estimate, { tokens: 0, costMicroUsd: 0 })) throw new BudgetExhausted();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      held.tokens += estimate.tokens;
      held.costMicroUsd += estimate.costMicroUsd;
      try {
        const answer = await call();
        used.tokens += answer.tokensIn + answer.tokensOut;
        used.costMicroUsd += answer.costMicroUsd;
        return answer;
      } finally {
        held.tokens -= estimate.tokens;
        held.costMicroUsd -= estimate.costMicroUsd;
        const woken = waiting;
        waiting = [];
        for (const wake of woken) wake();
      }
    },
  };
}
