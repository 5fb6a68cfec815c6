# Images of ChainExec: `docker build --target server|signer|cli|chain .`, or all of them with `docker compose build`.
#
# Ubuntu 24.04 is the base of Microsoft's own .NET 10 images, and has both .NET 10 and libsecp256k1.so.1, the one library version that
# the code loads. Newer releases of Ubuntu and Debian carry a later version of that library.

FROM ubuntu:24.04 AS build
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 \
    && rm -rf /var/lib/apt/lists/*
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 NUGET_PACKAGES=/packages
WORKDIR /build
COPY . .
# One restore for each program, from its lock file. Warnings are judged where the tests run; another SDK's new ones must not end a build.
RUN --mount=type=cache,target=/packages,sharing=locked \
    set -e; for program in Server Signer Cli; do \
      dotnet restore "src/ChainExec.$program" --locked-mode -v quiet; \
      dotnet publish "src/ChainExec.$program" --configuration Release --no-restore --output "/out/$program" -v quiet \
        -p:UseAppHost=false -p:TreatWarningsAsErrors=false; \
    done

FROM ubuntu:24.04 AS runtime
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates aspnetcore-runtime-10.0 libsecp256k1-1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 chainexec \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chainexec
# A new named volume takes over owner and mode of the folder that it is mounted on.
RUN install -d -o chainexec -g chainexec -m 700 \
      /run/chainexec/database-admin /run/chainexec/database-app /run/chainexec/signer \
      /var/lib/chainexec/keys /var/lib/chainexec/journal /var/lib/chainexec/api-keys
WORKDIR /app
USER 10001:10001

FROM runtime AS server
COPY --from=build /out/Server ./
COPY eng/docker/healthy.sh /opt/chainexec/
EXPOSE 8080
ENTRYPOINT ["dotnet", "/app/ChainExec.Server.dll"]
CMD ["--config", "/etc/chainexec/config.json", "--urls", "http://0.0.0.0:8080"]

FROM runtime AS signer
COPY --from=build /out/Signer ./
COPY eng/docker/tokens.sh eng/docker/prepare.sh eng/docker/healthy.sh /opt/chainexec/
# Without diagnostics no other process can attach to the one that holds keys.
ENV DOTNET_EnableDiagnostics=0
# Where everything lies: `chainexec-signer` takes its options from the environment. These are paths, never secrets.
ENV CHAINEXEC_SIGNER__SOCKET=/run/chainexec/signer/s \
    CHAINEXEC_SIGNER__TOKEN_FILE=/run/chainexec/signer/token \
    CHAINEXEC_SIGNER__KEYSTORE=/var/lib/chainexec/keys/keystore \
    CHAINEXEC_SIGNER__PASSWORD_FILE=/var/lib/chainexec/keys/password \
    CHAINEXEC_SIGNER__POLICY=/var/lib/chainexec/keys/policy.json \
    CHAINEXEC_SIGNER__JOURNAL=/var/lib/chainexec/journal/journal
ENTRYPOINT ["dotnet", "/app/chainexec-signer.dll"]

FROM runtime AS cli
COPY --from=build /out/Cli ./
COPY eng/docker/tokens.sh eng/docker/register.sh eng/docker/demo.sh /opt/chainexec/
ENV CHAINEXEC_CONFIG=/etc/chainexec/config.json
ENTRYPOINT ["dotnet", "/app/chainexec.dll"]

# The local chain with test dollars; anvil's package is for x86-64 Linux.
FROM node:22-bookworm-slim AS chain
WORKDIR /app
COPY anvil/package.json anvil/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm cache clean --force
COPY anvil/ ./
COPY eng/docker/chain-ready.mjs ./
RUN node compile.mjs && install -d -o node -g node -m 755 /var/lib/chainexec/chain
USER node
EXPOSE 8545
ENTRYPOINT ["node", "start.mjs"]
CMD ["--dir", "/var/lib/chainexec/chain", "--host", "0.0.0.0", "--port", "8545", "--deploy"]
