#!/bin/sh
# Builds the demonstration app from its sources, bit for bit the same each time: ./build.sh OUT.apk
# Debian: apt-get install --no-install-recommends libsmali-java aapt android-framework-res zipalign apksigner
# The key is a TEST key, published on purpose: it signs this demonstration and nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh OUT.apk}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# One thread: several may lay the code out in another order.
smali assemble -j 1 -a 30 -o "$work/classes.dex" "$here/smali"
aapt package -f -M "$here/AndroidManifest.xml" -I /usr/share/android-framework-res/framework-res.apk -F "$work/manifest.apk"
python3 "$here/pack.py" "$work/manifest.apk" "$work/classes.dex" "$here/assets" "$work/packed.apk"
zipalign -f 4 "$work/packed.apk" "$work/aligned.apk"
apksigner sign --key "$here/key/TEST-ONLY-key.pk8" --cert "$here/key/TEST-ONLY-cert.pem" --min-sdk-version 24 \
  --v1-signing-enabled false --v2-signing-enabled true --v3-signing-enabled true --v4-signing-enabled false \
  --out "$work/signed.apk" "$work/aligned.apk"
apksigner verify --min-sdk-version 24 "$work/signed.apk"
cp "$work/signed.apk" "$out"
