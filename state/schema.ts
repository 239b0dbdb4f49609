// What lives for one boot. The invariants are here, so that no two processes can break them.

/** What an endpoint may be: the four modes, and parts that chained plugins add to endpoints. */
export const modes = [
  'bridge',
  'ptp', // a veth pair without a bridge
  'host-device', // a device of the host's
  'none',
  'host',
  'container',
  'link', // macvlan, ipvlan, vlan, dummy, tap
  'ports', // published ports
  'bandwidth', // limits on its traffic
  'tuning', // settings of its interface and its sandbox
  'lease', // addresses, given to a plugin that is not tsnet's
  'sbr', // routes by source address
  'vrf', // a place in a virtual routing domain
  'firewall', // passage through the host's filters
] as const;

/**
 * The schema of the store below the run directory, as steps: an update of tsnet on a node adds one, since containers keep
 * running meanwhile.
 */
export const schema = [
  `
CREATE TABLE endpoint (
  id           TEXT PRIMARY KEY,                -- BLAKE2s of network, container and ifname
  network      TEXT NOT NULL,
  container    TEXT NOT NULL,
  ifname       TEXT NOT NULL,
  mode         TEXT NOT NULL CHECK (mode IN ('${modes.join("', '")}')),
  state        TEXT NOT NULL CHECK (state IN ('adding', 'ready', 'leaving', 'deleting')),
  netns        TEXT NOT NULL,                   -- the path as the caller gave it
  netns_device INTEGER NOT NULL,
  netns_inode  INTEGER NOT NULL,
  shares       TEXT,                            -- mode container: whose sandbox it is in
  bridge       TEXT,
  mac          TEXT,
  masquerade   INTEGER NOT NULL DEFAULT 0,
  ingress      TEXT CHECK (ingress IN ('open', 'same-bridge', 'isolated')), -- who may call; set when filters let it pass
  kept         TEXT,                            -- JSON of what the mode must know to take it away
  attachment   TEXT,                            -- JSON of what the caller was told, once ready
  created      TEXT NOT NULL,
  UNIQUE (network, container, ifname)
) STRICT;
CREATE INDEX endpoint_container ON endpoint (container);
CREATE INDEX endpoint_bridge ON endpoint (bridge) WHERE bridge IS NOT NULL;
CREATE INDEX endpoint_ingress ON endpoint (bridge, ingress) WHERE ingress IS NOT NULL;
CREATE INDEX endpoint_shares ON endpoint (shares) WHERE shares IS NOT NULL;

CREATE TABLE lease (
  network  TEXT NOT NULL,
  address  BLOB NOT NULL CHECK (length(address) IN (4, 16)),
  endpoint TEXT NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
  prefix   INTEGER NOT NULL,
  gateway  BLOB,
  PRIMARY KEY (network, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_endpoint ON lease (endpoint);

CREATE TABLE cursor (                           -- the address given last, where the next search starts
  network TEXT NOT NULL,
  range   TEXT NOT NULL,
  address BLOB NOT NULL,
  PRIMARY KEY (network, range)
) STRICT, WITHOUT ROWID;

CREATE TABLE port (
  protocol       INTEGER NOT NULL,
  host_port      INTEGER NOT NULL CHECK (host_port BETWEEN 1 AND 65535),
  host_ip        BLOB NOT NULL CHECK (length(host_ip) IN (4, 16)),   -- all zeros: every address of the host
  container_ip   BLOB NOT NULL CHECK (length(container_ip) = length(host_ip)),
  container_port INTEGER NOT NULL CHECK (container_port BETWEEN 1 AND 65535),
  endpoint       TEXT NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
  PRIMARY KEY (protocol, host_port, host_ip)
) STRICT, WITHOUT ROWID;
CREATE INDEX port_endpoint ON port (endpoint);

CREATE TRIGGER port_taken BEFORE INSERT ON port
WHEN EXISTS (
  SELECT 1 FROM port
  WHERE protocol = NEW.protocol AND host_port = NEW.host_port AND length(host_ip) = length(NEW.host_ip)
    AND (host_ip = NEW.host_ip OR host_ip = zeroblob(length(host_ip)) OR NEW.host_ip = zeroblob(length(host_ip)))
)
BEGIN
  SELECT RAISE(ABORT, 'port taken');
END;

CREATE TABLE sandbox (                          -- what \`tsnet run\` started
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  mode          TEXT NOT NULL,                  -- as --network was given
  netns         TEXT NOT NULL,
  command       TEXT NOT NULL,                  -- JSON array
  pid           INTEGER NOT NULL,               -- of the tsnet that runs it
  pid_started   TEXT NOT NULL,                  -- tells the process from a later one of that number
  created       TEXT NOT NULL
) STRICT;
`,
  `
ALTER TABLE endpoint ADD COLUMN walls TEXT;      -- what it is kept from, each once, with commas between
ALTER TABLE endpoint ADD COLUMN guard TEXT CHECK (guard IN ('mac', 'addresses')); -- which of its sources are checked
UPDATE endpoint SET guard = 'mac' WHERE mode = 'bridge' AND json_extract(kept, '$.port.isGuarded');
CREATE INDEX endpoint_walls ON endpoint (bridge, walls) WHERE walls IS NOT NULL;
CREATE INDEX endpoint_guard ON endpoint (guard) WHERE guard IS NOT NULL;
`,
  `
ALTER TABLE endpoint ADD COLUMN egress TEXT;     -- JSON of what it may call; null: everything
CREATE INDEX endpoint_egress ON endpoint (egress) WHERE egress IS NOT NULL;
`,
  `
CREATE TABLE resting (                          -- addresses that were given back a while ago, and rest
  network  TEXT NOT NULL,
  address  BLOB NOT NULL,
  released INTEGER NOT NULL,                    -- ms since 1970
  PRIMARY KEY (network, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX resting_released ON resting (released);
CREATE TRIGGER lease_released AFTER DELETE ON lease
BEGIN
  INSERT OR REPLACE INTO resting
  VALUES (OLD.network, OLD.address, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
END;
`,
  `
CREATE TABLE filter (                           -- networks that call each other through a sandbox alone
  id            TEXT PRIMARY KEY,               -- the ids of both, from the store of networks
  routing_table INTEGER NOT NULL UNIQUE,
  state         TEXT NOT NULL CHECK (state IN ('wanted', 'leaving')),
  definition    TEXT NOT NULL                   -- JSON: the sandbox, names, bridges and subnets
) STRICT;
`,
  `
ALTER TABLE endpoint ADD COLUMN has_ports INTEGER NOT NULL DEFAULT 0; -- that has published ports: they go with it alone
UPDATE endpoint SET has_ports = 1 WHERE id IN (SELECT endpoint FROM port);
CREATE INDEX endpoint_has_ports ON endpoint (bridge) WHERE has_ports = 1;
`,
  `
ALTER TABLE sandbox ADD COLUMN details TEXT NOT NULL DEFAULT '{}'; -- JSON: SandboxDetails
`,
];
