declare module '*.node' {
  const path: string;
  export default path;
}

declare module '*/tsnet-client' {
  const path: string;
  export default path;
}
