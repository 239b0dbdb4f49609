// The versions of the CNI specification that tsnet speaks.

/** Every supported version of the CNI specification, oldest first. */
export const supportedVersions = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;

/** A version of the CNI specification that tsnet speaks. */
export type CniVersion = (typeof supportedVersions)[number];

/** The newest supported version, used in answers to input that names no usable version. */
export const newestVersion: CniVersion = '1.1.0';

/** Tells whether `version` is one of `supportedVersions`. */
export function isSupportedVersion(version: string): version is CniVersion {
  return (supportedVersions as readonly string[]).includes(version);
}

/** Tells whether `version` is `minimum` or newer. */
export function atLeast(version: CniVersion, minimum: CniVersion): boolean {
  return supportedVersions.indexOf(version) >= supportedVersions.indexOf(minimum);
}
