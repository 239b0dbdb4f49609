declare module '*/tables.bin' {
  const path: string;
  export default path;
}
