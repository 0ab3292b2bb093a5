/** The certificate of an authority that has signed nothing, as an EKS cluster describes its own: PEM in base64. */
export const CERTIFICATE_AUTHORITY: string = Buffer.from(
  [
    "-----BEGIN CERTIFICATE-----",
    "MIIBgTCCASegAwIBAgIUFpEqCoTIL3YMVKcFApnqwm3aeFUwCgYIKoZIzj0EAwIw",
    "FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMzAxMjU0MTBaGA8yMTI2MTEw",
    "NjEyNTQxMFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG",
    "SM49AwEHA0IABNqdl/KxsWfzub4YhcyeQsuqvFB2ArhpxjqAbBAcUg4z8M/f61lO",
    "K0ujuapguIrZuWFWiQOMWa0OeOQ+jeJRBKKjUzBRMB0GA1UdDgQWBBRtzQf9ijqq",
    "Fsqt0suq61COcafl4jAfBgNVHSMEGDAWgBRtzQf9ijqqFsqt0suq61COcafl4jAP",
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIGY9IOSSUGw/YH9t+ThD",
    "WMicvfMoAlzL64+wHNQK/sVPAiEAtXLrTqSlZkWvP7ipYBYrfsW8pFylYyqfPtwa",
    "ks/9wmc=",
    "-----END CERTIFICATE-----",
    "",
  ].join("\n"),
).toString("base64");
