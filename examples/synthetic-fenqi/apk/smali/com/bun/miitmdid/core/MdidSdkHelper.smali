# STUB written for the demonstration: the entry class of the alliance's device-id component, without its code.
.class public Lcom/bun/miitmdid/core/MdidSdkHelper;
.super Ljava/lang/Object;
.source "MdidSdkHelper.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    return-void
.end method

.method public static InitSdk(Landroid/content/Context;)V
    .registers 1
    return-void
.end method
