/** The account and region of the emulated cloud. */
export interface Account {
  /** Twelve digits. */
  readonly account: string;
  /** `eu-central-1` */
  readonly region: string;
}

export const topicArn = ({ account, region }: Account, name: string): string =>
  `arn:aws:sns:${region}:${account}:${name}`;

export const alarmArn = ({ account, region }: Account, name: string): string =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
