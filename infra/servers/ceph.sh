# A whole Ceph cluster of one monitor, one OSD and one S3 gateway. Objects are kept in memory and go when it stops.

ceph_packages() { echo ceph-mon ceph-osd radosgw curl; }

ceph_running() { alive "$dir/ceph/run/client.rgw.pid" radosgw; }

ceph_start() {
  local home=$dir/ceph
  ceph_stop
  rm -rf "$home/mon" "$home/osd" "$home/run" "$home/log"
  mkdir -p "$home/mon" "$home/osd" "$home/run" "$home/log"
  port ceph 27480 > /dev/null
  port ceph-mon 27489 > /dev/null
  secret "$home/access-key" > /dev/null
  secret "$home/secret-key" > /dev/null
  ceph_write_configuration "$home"
  ceph_start_monitor "$home"
  ceph_start_osd "$home"
  ceph_start_gateway "$home" || die "Ceph did not start: see $home/log"
}

# rgw_run_sync_thread stays on: without it radosgw 16 never delivers persistent notifications.
ceph_write_configuration() {
  local home=$1 mon
  mon=$(port ceph-mon)
  ceph_fsid=$(cat /proc/sys/kernel/random/uuid)
  cat > "$home/ceph.conf" << CONF
[global]
fsid = $ceph_fsid
mon_host = v1:127.0.0.1:$mon
ms_bind_msgr2 = false
ms_bind_port_min = $((mon + 1))
ms_bind_port_max = $((mon + 50))
keyring = $home/keyring
run_dir = $home/run
admin_socket = $home/run/\$name.asok
pid_file = $home/run/\$name.pid
log_file = $home/log/\$name.log
crash_dir = $home/log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
auth_allow_insecure_global_id_reclaim = false

[mon.a]
host = localhost
mon_data = $home/mon
public_addr = v1:127.0.0.1:$mon

[osd.0]
host = localhost
osd_data = $home/osd
osd_objectstore = memstore
memstore_device_bytes = 8G
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1

[client.rgw]
rgw_data = $home
rgw_frontends = beast endpoint=127.0.0.1:$(port ceph)
rgw_thread_pool_size = 64
CONF
}

ceph_start_monitor() {
  local home=$1 conf=$1/ceph.conf
  (umask 077 && ceph-authtool --create-keyring "$home/keyring" --gen-key -n mon. --cap mon 'allow *')
  ceph-authtool "$home/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
  ceph-authtool "$home/keyring" --gen-key -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
  ceph-authtool "$home/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  monmaptool --create --fsid "$ceph_fsid" --addv a "[v1:127.0.0.1:$(port ceph-mon)]" "$home/monmap" --clobber
  ceph-mon -c "$conf" -i a --mkfs --monmap "$home/monmap" --keyring "$home/keyring"
  ceph-mon -c "$conf" -i a < /dev/null >> "$home/log/start" 2>&1
}

ceph_start_osd() {
  local home=$1 conf=$1/ceph.conf uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  timeout 60 ceph -c "$conf" osd new "$uuid" 0
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$uuid" >> "$home/log/start" 2>&1
  ceph-osd -c "$conf" -i 0 < /dev/null >> "$home/log/start" 2>&1
}

ceph_start_gateway() {
  local home=$1 conf=$1/ceph.conf
  radosgw -c "$conf" -n client.rgw < /dev/null >> "$home/log/start" 2>&1
  timeout 120 radosgw-admin -c "$conf" user create --uid thanosql --display-name ThanoSQL \
    --access-key "$(cat "$home/access-key")" --secret-key "$(cat "$home/secret-key")" > /dev/null
  wait_until 60 curl -s -o /dev/null "http://127.0.0.1:$(port ceph)/"
}

ceph_stop() {
  local run=$dir/ceph/run
  end "$run/client.rgw.pid" radosgw
  end "$run/osd.0.pid" ceph-osd
  end "$run/mon.a.pid" ceph-mon
}

ceph_crash() { crash "$dir/ceph/run/client.rgw.pid"; }

ceph_settings() {
  echo "Storage__Kind=s3"
  echo "Storage__S3__Endpoint=http://127.0.0.1:$(port ceph)"
  echo "Storage__S3__AccessKey=$(cat "$dir/ceph/access-key")"
  echo "Storage__S3__SecretKey=$(cat "$dir/ceph/secret-key")"
  echo "Storage__S3__Region=us-east-1"
}
