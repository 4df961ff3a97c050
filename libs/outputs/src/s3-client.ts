import { S3Client } from '@aws-sdk/client-s3';

/** Where the bucket is and who may use it. */
export interface S3Settings {
  /** Base URL of the S3 API; AWS's own of the region where it is absent. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: SecretText;
  readonly secretAccessKey: SecretText;
  /** The bucket's name in the path, and not before the host. */
  readonly forcePathStyle: boolean;
}

/** Read at each use, so that a mounted secret rotates with no restart. */
export interface SecretText {
  reveal(): string;
}

export const endpointOf = ({ endpoint, region }: S3Settings): string =>
  endpoint ?? `https://s3.${region}.amazonaws.com`;

/**
 * Everything that the SDK would look up by itself (environment, `~/.aws`, the machine's own role) is
 * given here, so that two machines with the same settings behave alike.
 */
export function s3Client(settings: S3Settings): S3Client {
  return new S3Client({
    endpoint: endpointOf(settings),
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    credentials: async () => ({
      accessKeyId: settings.accessKeyId.reveal(),
      secretAccessKey: settings.secretAccessKey.reveal(),
      // Without a date the SDK would keep the first answer for good.
      expiration: new Date(Date.now() + 60_000),
    }),
    maxAttempts: 3,
    retryMode: 'standard',
    // The signature already covers the SHA-256 of every body, and stores other than AWS refuse the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: 30_000,
      requestTimeout: 120_000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 256 },
      httpsAgent: { maxSockets: 256 },
    },
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    userAgentAppId: 'taskgate',
    authSchemePreference: [],
    sigv4aSigningRegionSet: async () => undefined,
  });
}
