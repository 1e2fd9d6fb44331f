/** Something that one side opens and the other waits for. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** A gate that is closed. */
export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** A place at which work stops: `reached` is settled when it is there, and it goes on when it is let go. */
export interface Hold {
  readonly reached: Promise<void>;
  readonly letGo: () => void;
  /** What the work does at the place. */
  readonly stop: () => Promise<void>;
}

/** A place at which work stops, for as long as nobody lets it go; afterwards it passes. */
export function hold(): Hold {
  const [reached, released] = [gate(), gate()];
  return {
    reached: reached.opened,
    letGo: released.open,
    stop: async () => {
      reached.open();
      await released.opened;
    },
  };
}
