//! Groups as the clouds' documentation shows them.
//!
//! A table that says IPv4 means IPv4 alone. Where a source leaves a remote to its reader (`your office IP`, `132.15.XX.XX`),
//! the example is an address for documentation (RFC 5737), or one that fits the source's pattern.

use super::{GroupTemplate, Line, Parameter, Part, Start};
use crate::model::{Direction, Family};

const IPV4: &[Family] = &[Family::Ipv4];

const SSH: Part = ("tcp", "22");
const RDP: Part = ("tcp", "3389");
const FTP: Part = ("tcp", "20-21");
const HTTP: Part = ("tcp", "80");
const HTTPS: Part = ("tcp", "443");
const MYSQL: Part = ("tcp", "3306");

/// Every group template.
pub static GROUPS: [GroupTemplate; 16] = [
    GroupTemplate {
        name: "web-server",
        title: "Web server: HTTP, HTTPS, and SSH from the office",
        source: "generic cloud documentation, common configurations: web server",
        profile: "portcullis",
        parameters: &[OFFICE],
        start: Start::AsNew,
        lines: &[from("office", SSH), open(HTTP), open(HTTPS)],
    },
    GroupTemplate {
        name: "database-server",
        title: "Database server: MySQL from the web servers only",
        source: "generic cloud documentation, common configurations: database server",
        profile: "portcullis",
        parameters: &[Parameter {
            name: "clients",
            meaning: "the group of the servers that use it",
            example: "group:web-servers",
        }],
        start: Start::AsNew,
        lines: &[from("clients", MYSQL)],
    },
    GroupTemplate {
        name: "allow-ping",
        title: "Ping from everywhere",
        source: "generic cloud documentation, common configurations: allow ping",
        profile: "portcullis",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(("icmp", ""))],
    },
    GroupTemplate {
        name: "mcloud-iis",
        title: "IIS: HTTP, HTTPS, and RDP from one address",
        source: "mCloud knowledge base, security group considerations: rules of the group IIS",
        profile: "mcloud",
        parameters: &[Parameter {
            name: "whitelisted",
            meaning: "the addresses that manage it",
            example: "203.0.113.7/32",
        }],
        start: Start::Bare,
        lines: &[out(IPV4, ("any", ""), None), open(HTTP), open(HTTPS), from("whitelisted", RDP)],
    },
    GroupTemplate {
        name: "exoscale-ssh",
        title: "SSH from everywhere",
        source: "Exoscale documentation, a simple example",
        profile: "exoscale",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(SSH)],
    },
    GroupTemplate {
        name: "huawei-outbound",
        title: "Default outbound rules",
        source: "Huawei configuration examples, tables 1 and 12",
        profile: "huawei",
        parameters: &[],
        start: Start::Bare,
        lines: &[out(&Family::ALL, ("any", ""), None)],
    },
    GroupTemplate {
        name: "huawei-ssh",
        title: "Log in to Linux from everywhere",
        source: "Huawei configuration examples, table 2",
        profile: "huawei",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(SSH)],
    },
    GroupTemplate {
        name: "huawei-rdp",
        title: "Log in to Windows from everywhere",
        source: "Huawei configuration examples, table 3",
        profile: "huawei",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(RDP)],
    },
    GroupTemplate {
        name: "huawei-known-login",
        title: "Log in to Linux and Windows from known addresses",
        source: "Huawei configuration examples, table 4",
        profile: "huawei",
        parameters: &[
            Parameter { name: "linux", meaning: "who logs in to Linux", example: "192.168.0.0/24" },
            Parameter { name: "windows", meaning: "who logs in to Windows", example: "10.10.0.0/24" },
        ],
        start: Start::AsNew,
        lines: &[from("linux", SSH), from("windows", RDP)],
    },
    GroupTemplate {
        name: "huawei-ftp",
        title: "FTP from everywhere",
        source: "Huawei configuration examples, table 5",
        profile: "huawei",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(FTP)],
    },
    GroupTemplate {
        name: "huawei-known-ftp",
        title: "FTP from known addresses",
        source: "Huawei configuration examples, table 6",
        profile: "huawei",
        parameters: &[Parameter { name: "clients", meaning: "who moves files", example: "192.168.0.0/24" }],
        start: Start::AsNew,
        lines: &[from("clients", FTP)],
    },
    GroupTemplate {
        name: "huawei-website",
        title: "A website for everybody",
        source: "Huawei configuration examples, table 7",
        profile: "huawei",
        parameters: &[],
        start: Start::AsNew,
        lines: &[open(HTTP), open(HTTPS)],
    },
    GroupTemplate {
        name: "huawei-ping",
        title: "Ping, and all other ICMP, from everywhere",
        source: "Huawei configuration examples, table 8",
        profile: "huawei",
        parameters: &[],
        start: Start::AsNew,
        lines: &[Line { families: &Family::ALL, ..open(("icmp", "")) }],
    },
    GroupTemplate {
        name: "huawei-mysql",
        title: "MySQL from another group",
        source: "Huawei configuration examples, table 9",
        profile: "huawei",
        parameters: &[Parameter {
            name: "clients",
            meaning: "the group of the servers that use it",
            example: "group:sg-A",
        }],
        start: Start::AsNew,
        lines: &[from("clients", MYSQL)],
    },
    GroupTemplate {
        name: "huawei-databases",
        title: "Five databases, each for its own clients",
        source: "Huawei configuration examples, table 10",
        profile: "huawei",
        parameters: &[
            Parameter { name: "mysql", meaning: "who uses MySQL", example: "group:sg-A" },
            Parameter { name: "oracle", meaning: "who uses Oracle", example: "group:sg-B" },
            Parameter { name: "mssql", meaning: "who uses MS SQL", example: "172.16.3.21/32" },
            Parameter { name: "postgresql", meaning: "who uses PostgreSQL", example: "192.168.0.0/24" },
            Parameter { name: "redis", meaning: "who uses Redis", example: "address-group:ipGroup-A" },
        ],
        start: Start::AsNew,
        lines: &[
            from("mysql", MYSQL),
            from("oracle", ("tcp", "1521")),
            from("mssql", ("tcp", "1433")),
            from("postgresql", ("tcp", "5432")),
            from("redis", ("tcp", "6379")),
        ],
    },
    GroupTemplate {
        name: "huawei-websites-out",
        title: "Two external websites and nothing else",
        source: "Huawei configuration examples, table 11, and the step that deletes the rules of table 12",
        profile: "huawei",
        parameters: &[
            Parameter { name: "http", meaning: "the website on port 80", example: "132.15.0.1/32" },
            Parameter { name: "https", meaning: "the website on port 443", example: "145.117.0.1/32" },
        ],
        start: Start::Bare,
        lines: &[out(IPV4, HTTP, Some("http")), out(IPV4, HTTPS, Some("https"))],
    },
];

const OFFICE: Parameter = Parameter { name: "office", meaning: "the addresses that log in", example: "203.0.113.0/24" };

/// Towards the instance, from everywhere.
const fn open(part: Part) -> Line {
    Line { direction: Direction::Ingress, families: IPV4, part, remote: None }
}

/// Towards the instance, from whom the reader says.
const fn from(parameter: &'static str, part: Part) -> Line {
    Line { direction: Direction::Ingress, families: IPV4, part, remote: Some(parameter) }
}

/// From the instance.
const fn out(families: &'static [Family], part: Part, remote: Option<&'static str>) -> Line {
    Line { direction: Direction::Egress, families, part, remote }
}
