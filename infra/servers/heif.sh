# HEIC: what decodes it (libheif1 with libde265), and the program that makes the pictures of the tests.

heif_packages() {
  echo libheif1 libheif-examples
  # Since Debian 13 and Ubuntu 24.04 the codecs are packages of their own
  if (source /etc/os-release && [[ $ID == debian && ${VERSION_ID:-99} -ge 13 || $ID == ubuntu && ${VERSION_ID%%.*} -ge 24 ]]); then
    echo libheif-plugin-libde265 libheif-plugin-x265
  fi
}
